// rows of the issue, one library per binary; prints ns of processor time per call, best and median of n
#include <tinytorch/tinytorch.hpp>
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <functional>
#include <string>
#include <vector>
#include <unistd.h>
namespace tt=tinytorch;
double now(){timespec t;clock_gettime(CLOCK_THREAD_CPUTIME_ID,&t);return t.tv_sec*1e9+t.tv_nsec;}
int main(int argc,char**argv){
  using namespace tt; std::string only=argc>1?argv[1]:"";
  Generator g(1);
  auto rnd=[&](Shape s){return randn(s,g);};
  Tensor M=rnd({1<<20}), Q=rnd({1024,1024}), S=rnd({128,1000}), L=rnd({1024,256}), lw=rnd({256}), lb=rnd({256}), t16=rnd({16}), t16g=rnd({16}), S10=rnd({64,10}), S4=rnd({16,4,64,64});
  t16g.set_requires_grad(true);
  struct R{std::string n; std::function<void()> f; int reps;};
  std::vector<R> rows;
  auto fwd=[&](std::string n,int reps,std::function<void()> f){rows.push_back({n,[f]{NoGrad no; f();},reps});};
  fwd("exp 1M",4,[&]{exp(M);}); fwd("log 1M",4,[&]{log(M);}); fwd("tanh 1M",4,[&]{tanh(M);}); fwd("sigmoid 1M",4,[&]{sigmoid(M);}); fwd("relu 1M",4,[&]{relu(M);});
  fwd("erf 1M",2,[&]{erf(M);}); fwd("gelu 1M",2,[&]{nn::functional::gelu(M);}); fwd("gelu tanh 1M",2,[&]{nn::functional::gelu(M,nn::GeluApproximation::tanh);}); fwd("silu 1M",2,[&]{nn::functional::silu(M);});
  fwd("sum 1M",8,[&]{sum(M);}); fwd("sum dim 0 1024^2",8,[&]{sum(Q,0);}); fwd("sum dim 1 1024^2",8,[&]{sum(Q,1);});
  fwd("softmax 128x1000",20,[&]{softmax(S,1);}); fwd("log_softmax 128x1000",20,[&]{log_softmax(S,1);}); fwd("softmax dim 0 128x1000",20,[&]{softmax(S,0);}); fwd("softmax 64x10",200,[&]{softmax(S10,1);}); fwd("softmax attention 16x4x64x64",10,[&]{softmax(S4,-1);});
  fwd("layer_norm 1024x256",10,[&]{nn::functional::layer_norm(L,{256},lw,lb);});
  {Tensor x=L.clone(); x.set_requires_grad(true); Tensor w=lw.clone(); w.set_requires_grad(true); rows.push_back({"layer_norm fwd+bwd",[x,w,lb]()mutable{ sum(nn::functional::layer_norm(x,{256},w,lb)*x.detach()).backward(); x.set_grad(Tensor()); w.set_grad(Tensor());},5});}
  {Tensor x=M.clone(); x.set_requires_grad(true); rows.push_back({"gelu fwd+bwd 1M",[x]()mutable{ sum(nn::functional::gelu(x)).backward(); x.set_grad(Tensor());},1}); rows.push_back({"silu fwd+bwd 1M",[x]()mutable{ sum(nn::functional::silu(x)).backward(); x.set_grad(Tensor());},1});}
  fwd("exp 16",2000,[&]{exp(t16);}); fwd("tanh 16",2000,[&]{tanh(t16);}); fwd("sum 16",2000,[&]{sum(t16);}); fwd("exp 10",2000,[&]{exp(slice(t16,0,0,10));}); fwd("add 16",2000,[&]{t16+t16;});
  rows.push_back({"tanh 16 grad",[&]{tanh(t16g);},2000});
  auto conv=[&](std::string n,Shape xs,Shape ws,int pad,bool dx){ ConvSpec spec{{1,1},{pad,pad},{1,1}}; Tensor x=rnd(xs),w=rnd(ws),b=rnd({ws[0]}); Tensor y=nn::functional::conv2d(x,w,b,spec); Tensor gr=rnd(y.sizes());
    fwd("conv fwd "+n,2,[=]{nn::functional::conv2d(x,w,b,spec);});
    fwd("conv dW "+n,2,[=]{raw::conv2d_grad_weight(gr,x,w.sizes(),spec);});
    if(dx) fwd("conv dx "+n,2,[=]{raw::conv2d_grad_input(gr,w,x.sizes(),spec);}); };
  conv("64x1x28x28->16 5x5",{64,1,28,28},{16,1,5,5},2,false); conv("64x16x14x14->32 5x5",{64,16,14,14},{32,16,5,5},2,true);
  conv("32x3x32x32->32 3x3",{32,3,32,32},{32,3,3,3},1,false); conv("32x32x32x32->32 3x3",{32,32,32,32},{32,32,3,3},1,true); conv("32x32x16x16->64 3x3",{32,32,16,16},{64,32,3,3},1,true); conv("32x64x16x16->64 3x3",{32,64,16,16},{64,64,3,3},1,true);
  conv("1x16x14x14->32 5x5",{1,16,14,14},{32,16,5,5},2,true);  conv("1x1x28x28->16 5x5",{1,1,28,28},{16,1,5,5},2,false); conv("2x8x8x8->8 3x3 (small)",{2,8,8,8},{8,8,3,3},1,true);
  {auto net=std::make_shared<nn::Sequential>(nn::Conv2d(1,16,5,g,ConvSpec{{1,1},{2,2},{1,1}}),nn::ReLU(),nn::MaxPool2d(2),nn::Conv2d(16,32,5,g,ConvSpec{{1,1},{2,2},{1,1}}),nn::ReLU(),nn::MaxPool2d(2),nn::Flatten(),nn::Linear(1568,10,g));
   Tensor x=rnd({64,1,28,28}); Tensor y=zeros({64},DType::int64); auto opt=std::make_shared<optim::SGD>(net->parameters(),optim::SGDOptions(0.01));
   rows.push_back({"lenet28 step",[=]{opt->zero_grad(); nn::functional::cross_entropy(net->forward(x),y).backward(); opt->step();},1});
   Tensor x1=rnd({1,1,28,28}); fwd("lenet28 inference",10,[=]{net->forward(x1);}); }
  {auto net=std::make_shared<nn::Sequential>(nn::Conv2d(3,32,3,g,ConvSpec{{1,1},{1,1},{1,1}}),nn::ReLU(),nn::Conv2d(32,32,3,g,ConvSpec{{1,1},{1,1},{1,1}}),nn::ReLU(),nn::MaxPool2d(2),nn::Conv2d(32,64,3,g,ConvSpec{{1,1},{1,1},{1,1}}),nn::ReLU(),nn::Conv2d(64,64,3,g,ConvSpec{{1,1},{1,1},{1,1}}),nn::ReLU(),nn::MaxPool2d(2),nn::Flatten(),nn::Linear(4096,10,g));
   Tensor x=rnd({32,3,32,32}); Tensor y=zeros({32},DType::int64); auto opt=std::make_shared<optim::Adam>(net->parameters());
   rows.push_back({"CIFAR step",[=]{opt->zero_grad(); nn::functional::cross_entropy(net->forward(x),y).backward(); opt->step();},1});}
  for(auto&r:rows){ if(!only.empty()&&r.n.find(only)==std::string::npos) continue; r.f(); double s=now(); for(int i=0;i<r.reps;++i) r.f(); printf("%s\t%.1f\n",r.n.c_str(),(now()-s)/r.reps); fflush(stdout);} }
